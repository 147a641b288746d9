-- SKUs as they are after the batch, and the entry of the ledger, which says how they were before it.
local stock_writes = { puts = { n = 0 }, added = { n = 0 } }

-- `change`: what is added to each counter, the number of the transaction, and the newest movement.
function stock_writes.changed(raw, change, settings, before)
  local on_hand_by, reserved_by, sold_by, number, last_number, last_index = struct.unpack('>i8i8i8I4I4I4', change)
  local on_hand, reserved, sold = 0, 0, 0
  if raw then on_hand, reserved, sold = counters_of(raw) end
  on_hand, reserved, sold = on_hand + on_hand_by, reserved + reserved_by, sold + sold_by
  if reserved < 0 or on_hand < reserved or sold < 0 then error('counters do not add up', 0) end
  local last = raw and sub(raw, STOCK.LAST, STOCK.LAST_END) or NEVER_MOVED
  if last_number > 0 then last = struct.pack('>I8I4', before + last_number, last_index) end
  local tail = settings ~= '' and struct.pack('>I8', before + number) .. settings or sub(raw, STOCK.SETTINGS_VERSION)
  return stamp_of(before + number, batch.at) .. struct.pack('>i8i8i8', on_hand, reserved, sold) .. last .. tail
end

function stock_writes.plan(before)
  local from, count = write_set.from.stock, write_set.count.stock
  local puts, added = stock_writes.puts, stock_writes.added
  puts.n, added.n = 0, 0
  for index = 1, count do
    local at = from + 1 + (index - 1) * 5
    local sku, change = A[at], A[at + 3]
    if change ~= '' then
      local raw = raw_stock[sku]
      append(puts, sku, stock_writes.changed(raw, change, A[at + 4], before))
      if not raw then append(added, '0', sku) end
    end
  end
end

-- The counters and the newest movement of each SKU before the batch.
function stock_writes.ledger_entry(before)
  if write_set.count.ledger == 0 then return end
  local first, last = range_of('ledger_skus', 1)
  local head = { stamp_of(before, batch.at), struct.pack('>I4', last - first + 1) }
  for index = first, last do
    local raw = raw_stock[A[index]]
    head[#head + 1] = raw and sub(raw, STOCK.COUNTERS, STOCK.SOLD - 1) .. sub(raw, STOCK.LAST, STOCK.LAST_END)
      or string.rep('\0', 28)
  end
  head[#head + 1] = A[write_set.from.ledger + 1]
  return table.concat(head)
end
