-- Numbers are doubles. `tostring` would round what is above 10^14, so every number that leaves goes through here.
local INTEGER_MAX = 9007199254740991

local function digits(number)
  return string.format('%.0f', number)
end

-- What was made of a value is remembered from call to call, until there is too much of it.
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

local function is_whole(value)
  return type(value) == 'number' and value % 1 == 0 and value <= INTEGER_MAX and value >= -INTEGER_MAX
end

-- A sum beyond what a double holds exactly makes its transaction fail; it is never stored rounded.
local function exact(number)
  if not is_whole(number) then error('a number is beyond 2^53 - 1', 0) end
  return number
end
