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

function steps.configure(at)
  local sku, title, price, safety, limit = unpack(input, at + 1, at + 5)
  local before = get_stock(sku)
  local after = before and { unpack(before, 1, CURRENCY) } or new_stock()
  after[TITLE] = changed_value(title, after[TITLE])
  after[LIMIT] = changed_value(limit, after[LIMIT])
  after[SAFETY] = safety or after[SAFETY]
  if price ~= false then
    after[AMOUNT] = price ~= true and price[1]
    after[CURRENCY] = price ~= true and price[2]
  end
  after[STOCK_VERSION], after[STOCK_AT] = tx_sequence, tx_at
  set_stock(sku, after)
end

local function below_reserved(sku, record)
  return 'below_reserved', { onHand = record[ON_HAND], reserved = record[RESERVED] }, sku
end

function steps.adjust(at)
  local sku, delta, kind = unpack(input, at + 1, at + 3)
  local before = get_stock(sku)
  if not before then return unknown_sku(sku) end
  local on_hand = before[ON_HAND] + delta
  if on_hand < before[RESERVED] then return below_reserved(sku, before) end
  if on_hand > ON_HAND_UNITS_MAX then return 'stock_overflow', { sku = sku } end
  move(kind, delta, sku, before, on_hand, before[RESERVED], before[SOLD])
end

function steps.count(at)
  local sku, on_hand, expected = unpack(input, at + 1, at + 3)
  local before = get_stock(sku)
  if not before then return unknown_sku(sku) end
  if expected and expected ~= before[ON_HAND] then
    return 'count_mismatch', { onHand = before[ON_HAND], reserved = before[RESERVED] }
  end
  if on_hand < before[RESERVED] then return below_reserved(sku, before) end
  move('counted', on_hand - before[ON_HAND], sku, before, on_hand, before[RESERVED], before[SOLD])
end

steps['return'] = function(at)
  local sku, quantity, restock, customer = unpack(input, at + 1, at + 4)
  local before = get_stock(sku)
  if not before then return unknown_sku(sku) end
  if quantity > before[SOLD] then return 'return_exceeds_sold', { sku = sku } end
  local on_hand = before[ON_HAND] + (restock and quantity or 0)
  if on_hand > ON_HAND_UNITS_MAX then return 'stock_overflow', { sku = sku } end
  move('returned', quantity, sku, before, on_hand, before[RESERVED], before[SOLD] - quantity)
  if customer then add_to_count(customer, sku, -quantity) end
end
