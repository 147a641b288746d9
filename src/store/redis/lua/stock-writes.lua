-- SKUs as they are after the batch, and the entry of the ledger, which says how they were before it.
local NEVER_MOVED, NO_RECORD = string.rep('\0', 12), string.rep('\0', 36)
local stock_writes = { puts = { n = 0 }, added = { n = 0 } }

-- The record of a SKU. A change is one of write-set.ts; what it leaves out is as in most changes: the newest movement is of the
-- same transaction, and nothing is added to units on hand or sold.
function stock_writes.changed(index, raw, change, settings, before)
  local reserved_by, number, last_index, last_number, on_hand_by, sold_by =
    string.match(change, '^(%S+) (%S+) (%S+) ?(%S*) ?(%S*) ?(%S*)$')
  number = before + tonumber(number)
  local on_hand, reserved, sold = 0, 0, 0
  if raw then on_hand, reserved, sold = seen.on_hand[index], seen.reserved[index], seen.sold[index] end
  reserved = reserved + tonumber(reserved_by)
  local moved = number
  if last_number ~= '' then
    on_hand, sold = on_hand + tonumber(on_hand_by), sold + tonumber(sold_by)
    moved = last_number ~= '0' and before + tonumber(last_number)
  end
  if reserved < 0 or on_hand < reserved or sold < 0 then error('counters do not add up', 0) end
  local last = moved and struct.pack('>I8I4', moved, tonumber(last_index)) or raw and sub(raw, STOCK.LAST, STOCK.LAST_END)
    or NEVER_MOVED
  local tail = settings ~= '' and struct.pack('>I8', number) .. settings or sub(raw, STOCK.SETTINGS_VERSION)
  return struct.pack('>I8I8i8i8i8', number, batch.at, on_hand, reserved, sold) .. last .. tail
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
      append(puts, sku, stock_writes.changed(index, raw, change, A[at + 4], before))
      if not raw then append(added, '0', sku) end
    end
  end
end

-- The counters and the newest movement of each SKU before the batch, then what the process has written.
function stock_writes.ledger_entry(before)
  if write_set.count.ledger == 0 then return end
  local first, last = range_of('ledger_skus', 1)
  local entry = { stamp_of(before, batch.at), struct.pack('>I4', last - first + 1) }
  for index = first, last do
    local raw = raw_stock[A[index]]
    entry[#entry + 1] = raw and sub(raw, STOCK.COUNTERS, STOCK.LAST_END) or NO_RECORD
  end
  entry[#entry + 1] = A[write_set.from.ledger + 1]
  return table.concat(entry)
end
