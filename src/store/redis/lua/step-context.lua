-- What the steps of one transaction share, and what they write: src/domain/machine/step-context.ts, answer for answer.
-- A step takes the array that batch-codec.ts makes of it. It returns nothing, or a reason and its meta; and the SKU whose
-- overdue holds, once reclaimed, might turn the refusal.
local steps = {}
local NOTHING = {}
local context = { at = 0, sequence = 0, cause = '', granted = NOTHING, entries = 0 }
local ledger = { ids = {}, entries = {}, length = 0, mark = 0 }
local THOUSAND = 1000
local sequences = { heads = {}, tails = {}, entries = {} }

local function unknown_sku(sku)
  return 'unknown_sku', { sku = sku }
end

local function conflict(key)
  return 'conflict', { key = key }
end

local function available_of(record)
  local free = record[ON_HAND] - record[RESERVED] - record[SAFETY]
  return free > 0 and free or 0
end

local function count_key(customer, sku)
  return customer .. ' ' .. sku
end

local function add_to_count(customer, sku, units)
  local key = count_key(customer, sku)
  set(counts, key, exact(math.max(0, get(counts, key) + units)))
end

local function grant(units)
  if context.granted == NOTHING then context.granted = {} end
  table.insert(context.granted, units)
end

-- Formatting a number costs as much as half a step, so a batch formats each thousand and each rest once.
function sequences.digits(sequence)
  local tail = sequence % THOUSAND
  local thousands = sequence - tail
  if thousands == 0 then return digits(sequence) end
  sequences.heads[thousands] = sequences.heads[thousands] or digits(thousands / THOUSAND)
  sequences.tails[tail] = sequences.tails[tail] or string.format('%03d', tail)
  return sequences.heads[thousands] .. sequences.tails[tail]
end

function sequences.entry(number)
  sequences.entries[number] = sequences.entries[number] or string.format('-%d', number)
  return sequences.entries[number]
end

local function write_entry(entry)
  local id = context.id_head .. sequences.entry(context.entries)
  local length = ledger.length + 1
  ledger.ids[length], ledger.entries[length], ledger.length = id, entry, length
  context.entries = context.entries + 1
  return id
end

local function copy_stock(record)
  return { unpack(record, 1, CURRENCY) }
end

local function copy_hold(hold)
  return { unpack(hold, 1, ENDED_AT) }
end

-- Sets the SKU's new counters and the movement that explains them.
local function move(kind, quantity, sku, before, after, hold_id, owner)
  if after[RESERVED] < 0 or after[ON_HAND] < after[RESERVED] then
    error('Error: counters of ' .. sku .. ' do not add up', 0)
  end
  exact(after[SOLD])
  local id = write_entry(encode_movement(context.at, kind, sku, quantity, before, after, hold_id, owner, context.cause))
  after[STOCK_VERSION], after[STOCK_AT], after[LAST] = context.sequence, context.at, id
  set(stock, sku, after)
end

-- The same for what happens to a hold, which is set with it.
local function move_hold(kind, quantity, before, after, hold_id, hold)
  move(kind, quantity, hold[SKU], before, after, hold_id, hold[OWNER])
  hold[HOLD_VERSION] = context.sequence
  set(holds, hold_id, hold)
end

local function begin_transaction(sequence, cause)
  context.sequence, context.cause = sequence, cause
  context.id_head = sequences.digits(sequence)
  context.granted, context.entries, ledger.mark = NOTHING, 0, ledger.length
end

local function undo_transaction()
  undo_changes()
  ledger.length = ledger.mark
end
