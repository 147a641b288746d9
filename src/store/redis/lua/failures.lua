-- A record that cannot be decoded is raised as a table with its name, so that it is told apart from a fault of ours.
local function undecodable(kind, name)
  error({ undecodable = kind .. ':' .. name }, 0)
end

local function describe_failure(failure)
  if type(failure) == 'table' and failure.undecodable then return 'undecodable_record', failure.undecodable end
  if type(failure) == 'table' and failure.err then return 'internal', failure.err end
  return 'internal', tostring(failure)
end
