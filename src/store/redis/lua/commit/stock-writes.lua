-- SKUs as they are after the batch, and the entry of the ledger, which says how they were before it.
local NO_RECORD = string.rep('\0', 36)
local stock_writes = { puts = { n = 0 }, added = { n = 0 } }

-- The record of a SKU. A change is one of write-set.ts; what it leaves out is as in most changes: the newest movement is of the
-- same transaction, and nothing else is changed.
local COMMON_BYTES, ALL_BYTES = 24, 48

function stock_writes.changed(index, raw, change, before)
  local number = before + wide(change, 9)
  local on_hand, reserved, sold = 0, 0, 0
  if raw then on_hand, reserved, sold = seen.on_hand[index], seen.reserved[index], seen.sold[index] end
  reserved = reserved + signed_wide(change, 1)
  local moved, tail = number, ''
  if #change > COMMON_BYTES then
    local last = wide(change, 25)
    moved = last > 0 and before + last
    on_hand, sold, tail = on_hand + signed_wide(change, 33), sold + signed_wide(change, 41), sub(change, ALL_BYTES + 1)
  end
  if reserved < 0 or on_hand < reserved or sold < 0 then error('counters do not add up', 0) end
  local moved_index = moved and wide(change, 17)
  if not moved then
    moved, moved_index = 0, 0
    if raw then moved, moved_index = struct.unpack('>I8I4', raw, STOCK.LAST) end
  end
  tail = tail ~= '' and struct.pack('>I8', number) .. tail or sub(raw, STOCK.SETTINGS_VERSION)
  return struct.pack('>I8I8i8i8i8I8I4', number, batch.at, on_hand, reserved, sold, moved, moved_index) .. tail
end

function stock_writes.plan(before)
  local from, count = write_set.from.stock, write_set.count.stock
  local puts, added = stock_writes.puts, stock_writes.added
  puts.n, added.n = 0, 0
  for index = 1, count do
    local at = from + 1 + (index - 1) * 3
    local sku, change = A[at], A[at + 2]
    if change ~= '' then
      local raw = seen.raw[index]
      append(puts, sku, stock_writes.changed(index, raw, change, before))
      if not raw then append(added, '0', sku) end
    end
  end
end

-- The counters and the newest movement of each SKU before the batch, then what the process has written.
function stock_writes.ledger_entry(before)
  if write_set.count.ledger == 0 then return end
  local first, last = range_of('ledger_skus')
  local entry, size = { stamp_of(before, batch.at), struct.pack('>I4', last - first + 1) }, 2
  for index = first, last do
    local raw = seen.raw[tonumber(A[index])]
    size = size + 1
    entry[size] = raw and sub(raw, STOCK.COUNTERS, STOCK.LAST_END) or NO_RECORD
  end
  entry[size + 1] = A[write_set.from.ledger + 1]
  return table.concat(entry)
end
