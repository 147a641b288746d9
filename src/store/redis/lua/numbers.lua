-- Numbers are doubles. `tostring` would round what is above 10^14, so every number that leaves goes through here.
local INTEGER_MAX = 9007199254740991

local function digits(number)
  return string.format('%.0f', number)
end

-- The same, for what comes again in a batch: deadlines mostly.
local digits_of = setmetatable({}, { __index = function(known, number)
  local text = digits(number)
  known[number] = text
  return text
end })

local function is_whole(value)
  return type(value) == 'number' and value % 1 == 0 and value <= INTEGER_MAX and value >= -INTEGER_MAX
end

-- A sum beyond what a double holds exactly makes its transaction fail; it is never stored rounded.
local function exact(number)
  if not is_whole(number) then error('a number is beyond 2^53 - 1', 0) end
  return number
end
