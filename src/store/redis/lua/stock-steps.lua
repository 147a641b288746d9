-- configure, adjust, count, return: src/domain/machine/stock-steps.ts
local ON_HAND_UNITS_MAX = 1000000000000

local function new_stock()
  return { 0, 0, 0, 0, false, 0, 0, false, false, false, false }
end

-- false leaves a value as it is, true clears it.
local function changed_value(given, before)
  if given == false then return before end
  return given ~= true and given
end

function steps.configure(step)
  local sku, title, price, safety, limit = step[2], step[3], step[4], step[5], step[6]
  local before = get(stock, sku)
  local after = before and copy_stock(before) or new_stock()
  after[TITLE] = changed_value(title, after[TITLE])
  after[LIMIT] = changed_value(limit, after[LIMIT])
  after[SAFETY] = safety or after[SAFETY]
  if price ~= false then
    after[AMOUNT] = price ~= true and price[1]
    after[CURRENCY] = price ~= true and price[2]
  end
  after[STOCK_VERSION], after[STOCK_AT] = context.sequence, context.at
  set(stock, sku, after)
end

local function below_reserved(sku, record)
  return 'below_reserved', { onHand = record[ON_HAND], reserved = record[RESERVED] }, sku
end

function steps.adjust(step)
  local sku, delta, kind = step[2], step[3], step[4]
  local before = get(stock, sku)
  if not before then return unknown_sku(sku) end
  local on_hand = before[ON_HAND] + delta
  if on_hand < before[RESERVED] then return below_reserved(sku, before) end
  if on_hand > ON_HAND_UNITS_MAX then return 'stock_overflow', { sku = sku } end
  local after = copy_stock(before)
  after[ON_HAND] = on_hand
  move(kind, delta, sku, before, after)
end

function steps.count(step)
  local sku, on_hand, expected = step[2], step[3], step[4]
  local before = get(stock, sku)
  if not before then return unknown_sku(sku) end
  if expected and expected ~= before[ON_HAND] then
    return 'count_mismatch', { onHand = before[ON_HAND], reserved = before[RESERVED] }
  end
  if on_hand < before[RESERVED] then return below_reserved(sku, before) end
  local after = copy_stock(before)
  after[ON_HAND] = on_hand
  move('counted', on_hand - before[ON_HAND], sku, before, after)
end

steps['return'] = function(step)
  local sku, quantity, restock, customer = step[2], step[3], step[4], step[5]
  local before = get(stock, sku)
  if not before then return unknown_sku(sku) end
  if quantity > before[SOLD] then return 'return_exceeds_sold', { sku = sku } end
  local on_hand = before[ON_HAND] + (restock and quantity or 0)
  if on_hand > ON_HAND_UNITS_MAX then return 'stock_overflow', { sku = sku } end
  local after = copy_stock(before)
  after[ON_HAND], after[SOLD] = on_hand, before[SOLD] - quantity
  move('returned', quantity, sku, before, after)
  if customer then add_to_count(customer, sku, -quantity) end
end
