-- SKUs: the expected and the new counters, and the entry of the ledger, which has the counters before the batch. `raws`
-- has the record of each SKU of the part, or false, in its order. A table by name would be rehashed in each batch.
local stock_writes = { raws = {}, puts = { n = 0 }, added = { n = 0 } }
local ABSENT, FREE, EXACT = EXPECTED.absent, EXPECTED.free, EXPECTED.exact
local NONE, RESERVED, SETTINGS = CHANGE.none, CHANGE.reserved, CHANGE.settings
-- ROW: whether the decision assumed that no overdue hold blocks units, the codes of the expectation and of the change,
-- the version of the settings, the bound of the units, the reserved units to add, the number of the transaction, and
-- the index of its newest movement.
local ROW, DETAILS = '>BBBi8i8i8I3I3', '>i8i8i8i8I3i8i8i8i8'
local COUNTERS, RECORD = '>i8i8i8i8I8I4I8', '>I8I8i8i8i8i8I8I4'
local NO_RECORD = string.rep('\0', LEDGER_SKU_BYTES)

-- The numbers have to be equal to the bounds, or within them. `least` bounds the units that were sold and dispatched.
local function is_exact(bound, least, most, committed_as, on_hand, reserved, committed, sold)
  return on_hand == most and reserved == bound and committed == committed_as and sold - committed == least
end

local function is_within(expected, bound, least, most, fewest, on_hand, reserved, committed, sold)
  if on_hand - reserved - committed < bound then return false end
  return expected == FREE or sold - committed >= least and on_hand <= most and on_hand >= fewest
end

-- Returns whether a SKU is as expected. If so, builds its new record, which is written after all comparisons.
local function check_sku(sku, raw, at)
  local _, expected, change, version, bound, reserved_by, number, moved_index = read_bytes(ROW, N, at)
  local moved, on_hand_by, committed_by, sold_by, backordered, least, most, fewest, committed_as = number, 0, 0, 0, 0
  if expected > FREE or change > RESERVED then
    least, most, fewest, committed_as, moved, on_hand_by, committed_by, sold_by, backordered, stock_writes.details_at =
      read_bytes(DETAILS, N, stock_writes.details_at)
  end
  local on_hand, reserved, committed, sold, last_moved, last_index, settings = 0, 0, 0, 0, 0, 0, false
  if raw and #raw >= STOCK.SETTINGS then
    on_hand, reserved, committed, sold, last_moved, last_index, settings = read_bytes(COUNTERS, raw, STOCK.COUNTERS)
  end
  if expected == ABSENT then
    if raw then return false end
  elseif settings ~= version then
    return false
  elseif expected == EXACT then
    if not is_exact(bound, least, most, committed_as, on_hand, reserved, committed, sold) then return false end
  elseif not is_within(expected, bound, least, most, fewest, on_hand, reserved, committed, sold) then
    return false
  end
  if change == NONE then return true end
  on_hand, reserved, committed, sold = on_hand + on_hand_by, reserved + reserved_by, committed + committed_by, sold + sold_by
  if reserved < 0 or committed < 0 or on_hand < reserved + committed - backordered or sold < committed then
    stock_writes.adds_up = false
  end
  number = batch.sequence + number
  if moved > 0 then last_moved, last_index = batch.sequence + moved, moved_index end
  if change == SETTINGS then stock_writes.settings_at = stock_writes.settings_at + 1 end
  local tail = change == SETTINGS and to_bytes('>I8', number) .. A[stock_writes.settings_at]
    or sub(raw, STOCK.SETTINGS_VERSION)
  append(stock_writes.puts, sku, to_bytes(RECORD, number, batch.at, on_hand, reserved, committed, sold, last_moved, last_index) .. tail)
  if not raw then append(stock_writes.added, '0', sku) end
  return true
end

function stock_writes.begin()
  stock_writes.puts.n, stock_writes.added.n, stock_writes.adds_up = 0, 0, true
end

function checks.stock()
  local first, last = range_of('stock')
  local at = write_set.numbers.stock
  stock_writes.details_at, stock_writes.settings_at = write_set.numbers.stock_details, write_set.from.settings
  stock_writes.raws = fetch_range(keys.stock, first, last, stock_writes.raws)
  for index = first, last do
    local sku, raw = A[index], stock_writes.raws[index - first + 1]
    if not check_sku(sku, raw, at) then add_stale('stock', sku, raw) end
    at = at + BYTES.stock
  end
end

-- The counters and the newest movement of each SKU before the batch, then what the process has written.
function stock_writes.ledger_entry(before)
  if write_set.count.ledger == 0 then return end
  local count, at = write_set.count.ledger_skus, write_set.numbers.ledger_skus
  local entry = { to_bytes('>I8I8I4', before, batch.at, COMMITTED_BIT + count) }
  for index = 2, count + 1 do
    local raw = stock_writes.raws[read_bytes('>I3', N, at)]
    entry[index], at = raw and sub(raw, STOCK.COUNTERS, STOCK.LAST_END) or NO_RECORD, at + BYTES.ledger_skus
  end
  entry[count + 2] = A[write_set.from.ledger + 1]
  return table.concat(entry)
end
