-- A record that cannot be decoded is raised as a table with its name, so that it is told apart from a fault of ours.
local function undecodable(kind, name)
  error({ undecodable = kind .. ':' .. name }, 0)
end
