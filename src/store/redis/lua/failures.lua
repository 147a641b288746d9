-- A record that cannot be decoded is raised as a table with its name, so that it is told apart from a fault of ours.
local function undecodable(record)
  error({ undecodable = record }, 0)
end

-- Two values in one record would be a record that somebody else has written, hence `rest`.
local function unpacked(raw, record)
  local ok, value, rest = pcall(cmsgpack.unpack, raw)
  if not ok or type(value) ~= 'table' or rest ~= nil then undecodable(record) end
  return value
end

local function describe_failure(failure)
  if type(failure) == 'table' and failure.undecodable then return 'undecodable_record', failure.undecodable end
  if type(failure) == 'table' and failure.err then return 'internal', failure.err end
  return 'internal', tostring(failure)
end
