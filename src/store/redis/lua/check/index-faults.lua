-- What a walk over records and index entries finds. Records and entries of one page are read in one atomic step, and every
-- batch writes both in one, so whatever differs is a fault.
local faults = { mend = false, list = {} }

-- Redis answers a script's tables element by element, so a fault is a table of texts.
function faults.add(index, record, found, expected)
  table.insert(faults.list, { index, record, found, expected })
end

function faults.write(command, ...)
  if faults.mend then call(command, ...) end
end

local function describe_score(score)
  return score and digits(score) or 'no entry'
end

local function decoded_or_nil(kind, name, raw)
  local ok, record = pcall(decode, kind, name, raw)
  return ok and record or nil
end
