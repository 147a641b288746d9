-- The index of live holds is a lexical sorted set: SKU, deadline, hold id, in that order. A SKU holds no NUL, and a
-- deadline always has 9 digits of base 36 (up to the year 5188), so bytes sort as the three of them do.
local DIGITS, DEADLINE_DIGITS = '0123456789abcdefghijklmnopqrstuvwxyz', 9
local positions = {}
-- By the deadline, remembered.
local deadline_key

local function make_deadline_key(at)
  local key, rest = '', at
  for _ = 1, DEADLINE_DIGITS do
    local digit = rest % 36
    key = string.sub(DIGITS, digit + 1, digit + 1) .. key
    rest = (rest - digit) / 36
  end
  return '\0' .. key .. '\0'
end

local function position_of(sku, expires_at, hold_id)
  return sku .. deadline_key[expires_at] .. hold_id
end

local function parse_position(member)
  local nul = string.find(member, '\0', 1, true)
  local sku = string.sub(member, 1, nul - 1)
  local expires_at = tonumber(string.sub(member, nul + 1, nul + DEADLINE_DIGITS), 36)
  return sku, expires_at, string.sub(member, nul + DEADLINE_DIGITS + 2)
end

-- Live holds of a SKU that are overdue at a time: by deadline, then id.
function positions.overdue(sku, at, limit)
  local past = '(' .. sku .. deadline_key[at + 1]
  return redis.call('ZRANGEBYLEX', keys['due:holds'], '[' .. sku .. '\0', past, 'LIMIT', 0, limit)
end

function positions.earliest(sku)
  local found = redis.call('ZRANGEBYLEX', keys['due:holds'], '[' .. sku .. '\0', '(' .. sku .. '\1', 'LIMIT', 0, 1)[1]
  if not found then return false end
  local _, expires_at = parse_position(found)
  return expires_at
end
