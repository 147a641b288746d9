-- The faults that a walk finds. A page of records and entries is read in one atomic step, and every batch writes both
-- in one step, so each difference is a fault.
local faults = { mend = false, list = {} }

-- A reply has no named fields, so a fault is a list.
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
