-- The index of live holds is a lexical sorted set of SKU, deadline and hold id. A SKU contains no NUL, and a deadline
-- always has 9 digits of base 36 (up to the year 5188), so the bytes sort by SKU, deadline and hold id.
local DIGITS = '0123456789abcdefghijklmnopqrstuvwxyz'
local BASE, PAIR, TAIL = 36, 1296, 1679616
local positions = {}
-- The first five digits of a deadline stay the same for half an hour, so their text is cached.
local deadline_head

local function digit_of(value)
  return sub(DIGITS, value + 1, value + 1)
end


local pairs_of_digits = setmetatable({}, { __index = function(known, value)
  known[value] = digit_of((value - value % BASE) / BASE) .. digit_of(value % BASE)
  return known[value]
end })

local function make_head(rest)
  local head = ''
  for _ = 1, DEADLINE_DIGITS - 4 do
    head = digit_of(rest % BASE) .. head
    rest = (rest - rest % BASE) / BASE
  end
  return '\0' .. head
end

local function deadline_key(at)
  local tail = at % TAIL
  local last = tail % PAIR
  return deadline_head[(at - tail) / TAIL] .. pairs_of_digits[(tail - last) / PAIR] .. pairs_of_digits[last] .. '\0'
end

local function position_of(sku, expires_at, hold_id)
  return sku .. deadline_key(expires_at) .. hold_id
end

local function parse_position(member)
  local nul = string.find(member, '\0', 1, true)
  local sku = sub(member, 1, nul - 1)
  local expires_at = tonumber(sub(member, nul + 1, nul + DEADLINE_DIGITS), 36)
  return sku, expires_at, sub(member, nul + DEADLINE_DIGITS + 2)
end

-- Returns the live holds of a SKU that are overdue at a time, by deadline and id.
function positions.overdue(sku, at, limit)
  local past = '(' .. sku .. deadline_key(at + 1)
  return call('ZRANGEBYLEX', keys['due:holds'], '[' .. sku .. '\0', past, 'LIMIT', 0, limit)
end

-- Returns whether a SKU has a deadline after `from` and not after `to`.
function positions.any_between(sku, from, to)
  if to <= from then return false end
  local first, past = '[' .. sku .. deadline_key(from + 1), '(' .. sku .. deadline_key(to + 1)
  return #call('ZRANGEBYLEX', keys['due:holds'], first, past, 'LIMIT', 0, 1) > 0
end

function positions.earliest(sku)
  local found = call('ZRANGEBYLEX', keys['due:holds'], '[' .. sku .. '\0', '(' .. sku .. '\1', 'LIMIT', 0, 1)[1]
  if not found then return false end
  local _, expires_at = parse_position(found)
  return expires_at
end
