-- Caches results across calls. `commit.lua` drops the caches when they have too many results together.
local REMEMBERED_MAX = 10000
local remembered = REMEMBERED_MAX

local function remembering(make)
  return setmetatable({}, { __index = function(known, value)
    local made = make(value)
    known[value] = made
    remembered = remembered + 1
    return made
  end })
end
