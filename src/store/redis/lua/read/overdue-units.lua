-- The units that overdue holds of a SKU still block, summed like src/store/overdue-units.ts does. All SKUs of one read
-- share the budget, so that a read stays short.
local overdue_units = { budget = OVERDUE_HOLDS_READ_MAX }

function overdue_units.begin()
  overdue_units.budget = OVERDUE_HOLDS_READ_MAX
  deadline_head = remembering(make_head)
end

-- A position without a live hold of that deadline counts 0.
function overdue_units.quantity(raw, expires_at)
  local ok, hold = pcall(decode, 'hold', '', raw)
  return ok and hold[EXPIRES_AT] == expires_at and hold[QUANTITY] or 0
end

function overdue_units.sum_page(found)
  local hold_ids, deadlines = {}, {}
  for index, position in ipairs(found) do
    local _, expires_at, hold_id = parse_position(position)
    hold_ids[index], deadlines[index] = hold_id, expires_at
  end
  local units = 0
  for index, raw in ipairs(call('HMGET', keys.holds, unpack(hold_ids))) do
    if raw then units = units + overdue_units.quantity(raw, deadlines[index]) end
  end
  return units
end

-- Returns nil where there are more holds between the two bounds than the budget allows.
function overdue_units.sum(from, to)
  local count = call('ZLEXCOUNT', keys['due:holds'], from, to)
  if count > overdue_units.budget then return end
  overdue_units.budget = overdue_units.budget - count
  return count == 0 and 0 or overdue_units.sum_page(call('ZRANGEBYLEX', keys['due:holds'], from, to))
end

function overdue_units.of(sku, at)
  local first_current = sku .. deadline_key(at + 1)
  local overdue = overdue_units.sum('[' .. sku .. '\0', '(' .. first_current)
  if overdue then return overdue end
  local ok, record = pcall(decode, 'stock', sku, raw_stock[sku])
  local current = ok and overdue_units.sum('[' .. first_current, '(' .. sku .. '\1')
  return current and math.max(0, record.reserved - current)
end
