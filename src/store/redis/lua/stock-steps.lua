-- configure, adjust, count, return: src/domain/machine/stock-steps.ts
local ON_HAND_UNITS_MAX = 1000000000000

local function new_stock(sku)
  return { sku = sku, on_hand = 0, reserved = 0, sold = 0, safety = 0, limit = false, version = 0, at = 0,
    last = false, title = false, amount = false, currency = false }
end

-- false leaves a value as it is, true clears it.
local function changed_value(given, before)
  if given == false then return before end
  return given ~= true and given
end

local function configure(step)
  local sku, title, price, safety, limit = step[2], step[3], step[4], step[5], step[6]
  local before = get(stock, sku)
  local after = before and copy_stock(before) or new_stock(sku)
  after.title = changed_value(title, after.title)
  after.limit = changed_value(limit, after.limit)
  after.safety = safety or after.safety
  if price ~= false then
    after.amount = price ~= true and price[1]
    after.currency = price ~= true and price[2]
  end
  after.version, after.at = context.sequence, context.at
  set(stock, sku, after)
end

local function below_reserved(record)
  return 'below_reserved', { onHand = record.on_hand, reserved = record.reserved }, record.sku
end

local function adjust(step)
  local sku, delta, kind = step[2], step[3], step[4]
  local before = get(stock, sku)
  if not before then return unknown_sku(sku) end
  local on_hand = before.on_hand + delta
  if on_hand < before.reserved then return below_reserved(before) end
  if on_hand > ON_HAND_UNITS_MAX then return 'stock_overflow', { sku = sku } end
  local after = copy_stock(before)
  after.on_hand = on_hand
  move(kind, delta, before, after)
end

local function count(step)
  local sku, on_hand, expected = step[2], step[3], step[4]
  local before = get(stock, sku)
  if not before then return unknown_sku(sku) end
  if expected and expected ~= before.on_hand then
    return 'count_mismatch', { onHand = before.on_hand, reserved = before.reserved }
  end
  if on_hand < before.reserved then return below_reserved(before) end
  local after = copy_stock(before)
  after.on_hand = on_hand
  move('counted', on_hand - before.on_hand, before, after)
end

local function give_back(step)
  local sku, quantity, restock, customer = step[2], step[3], step[4], step[5]
  local before = get(stock, sku)
  if not before then return unknown_sku(sku) end
  if quantity > before.sold then return 'return_exceeds_sold', { sku = sku } end
  local on_hand = before.on_hand + (restock and quantity or 0)
  if on_hand > ON_HAND_UNITS_MAX then return 'stock_overflow', { sku = sku } end
  local after = copy_stock(before)
  after.on_hand, after.sold = on_hand, before.sold - quantity
  move('returned', quantity, before, after)
  if customer then add_to_count(customer, sku, -quantity) end
end
