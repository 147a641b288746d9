-- Numbers are doubles. `tostring` would round what is above 10^14, so every number that leaves goes through `digits`.
local THOUSAND, THOUSANDS_MAX = 1000, 10000

local function format_whole(number)
  return string.format('%.0f', number)
end

local last_three, thousands_known, thousands_of = {}, 0, {}

local function format_rest(rest)
  last_three[rest] = string.format('%03d', rest)
  return last_three[rest]
end

-- Formatting costs more than most of a step does, and of numbers that grow the thousands come again and again.
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
  return head .. (last_three[rest] or format_rest(rest))
end

local function is_whole(value)
  return type(value) == 'number' and value % 1 == 0 and value <= INTEGER_MAX and value >= -INTEGER_MAX
end

-- A number of wide-number.ts, which begins at a place of a text.
local function wide(text, at)
  local a, b, c, d, e, f, g, h = byte(text, at, at + 7)
  return ((((((a * 128 + b) * 128 + c) * 128 + d) * 128 + e) * 128 + f) * 128 + g) * 128 + h
end

local function narrow(text, at)
  local a, b, c = byte(text, at, at + 2)
  return (a * 128 + b) * 128 + c
end

local function signed_wide(text, at)
  return wide(text, at) - SIGNED_ZERO
end
