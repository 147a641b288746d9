-- Numbers are doubles. `tostring` rounds numbers above 10^14, so `digits` formats all numbers of commands and replies.
local THOUSAND, THOUSANDS_MAX = 1000, 10000

local function format_whole(number)
  return string.format('%.0f', number)
end

local last_three, thousands_known, thousands_of = {}, 0, {}

-- Texts are created when they are needed: a script by EVALSHA would create all of them at each call.
local function make_last_three(rest)
  last_three[rest] = (rest - rest % 100) / 100 .. (rest % 100 - rest % 10) / 10 .. rest % 10
  return last_three[rest]
end

-- Formatting is expensive. The thousands of growing numbers recur, so their text is cached.
local function digits(number)
  if number < THOUSAND or number > INTEGER_MAX then return format_whole(number) end
  local rest = number % THOUSAND
  local thousands = (number - rest) / THOUSAND
  local head = thousands_of[thousands]
  if not head then
    if thousands_known >= THOUSANDS_MAX then thousands_known, thousands_of = 0, {} end
    head = format_whole(thousands)
    thousands_known, thousands_of[thousands] = thousands_known + 1, head
  end
  return head .. (last_three[rest] or make_last_three(rest))
end

local function is_whole(value)
  return type(value) == 'number' and value % 1 == 0 and value <= INTEGER_MAX and value >= -INTEGER_MAX
end
