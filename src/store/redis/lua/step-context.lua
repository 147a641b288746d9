-- What the steps of one transaction share, and what they write: src/domain/machine/step-context.ts, answer for answer.
-- A step gets the place of its fields in the batch. It returns nothing, or a reason and its meta; and the SKU whose overdue
-- holds, once reclaimed, might turn the refusal.
local steps = {}
local NOTHING = {}
-- What an entry's id ends with, by the movements before it in its transaction.
local entry_suffix = { [0] = '-0' }

-- Of the transaction that is being decided. The ledger's entries are encoded at once; their ids begin alike.
local tx_at, tx_sequence, tx_cause, tx_granted, tx_entries, tx_id = 0, 0, '', NOTHING, 0, ''
local entry_ids, entries, entry_count, entry_mark = {}, {}, 0, 0

local function forget_entries()
  for index = entry_count, 1, -1 do entry_ids[index], entries[index] = nil, nil end
  entry_count, entry_mark = 0, 0
end

local function unknown_sku(sku)
  return 'unknown_sku', { sku = sku }
end

local function conflict(key)
  return 'conflict', { key = key }
end

local function count_key(customer, sku)
  return customer .. ' ' .. sku
end

local function add_to_count(customer, sku, units)
  local key = count_key(customer, sku)
  set_count(key, exact(math.max(0, get_count(key) + units)))
end

local function grant(units)
  if tx_granted == NOTHING then tx_granted = { units } else table.insert(tx_granted, units) end
end

local function next_entry_id()
  local suffix = entry_suffix[tx_entries] or '-' .. digits(tx_entries)
  tx_entries = tx_entries + 1
  return tx_id .. suffix
end

local function write_entry(id, entry)
  entry_count = entry_count + 1
  entry_ids[entry_count], entries[entry_count] = id, entry
end

-- Sets the SKU's new counters and writes the movement that explains them.
local function move(kind, quantity, sku, before, on_hand, reserved, sold, hold_id, owner)
  if reserved < 0 or on_hand < reserved then error('Error: counters of ' .. sku .. ' do not add up', 0) end
  local on_hand_before, reserved_before, _, safety, limit, _, _, last, title, amount, currency = unpack(before, 1, 11)
  local id = next_entry_id()
  local hold_head, owner_head = hold_id and heads[#hold_id] or FALSE, owner and heads[#owner] or FALSE
  local last_head = last and heads[#last] or FALSE
  write_entry(id, packed[tx_at] .. packed[kind] .. packed[sku] .. packed[quantity] .. packed[on_hand_before]
    .. packed[on_hand] .. packed[reserved_before] .. packed[reserved] .. hold_head .. (hold_id or '') .. owner_head
    .. (owner or '') .. last_head .. (last or '') .. heads[#tx_cause] .. tx_cause)
  set_stock(sku, { on_hand, reserved, sold, safety, limit, tx_sequence, tx_at, id, title, amount, currency })
end

-- A hold to be changed, as of this transaction.
local function copy_hold(hold)
  local copy = { unpack(hold, 1, ENDED_AT) }
  copy[HOLD_VERSION] = tx_sequence
  return copy
end

-- A hold's units come (from above 0) or go; the hold is set with the SKU's counters.
local function move_hold(kind, quantity, before, reserved, hold_id, hold)
  move(kind, quantity, hold[SKU], before, before[ON_HAND], reserved, before[SOLD], hold_id, hold[OWNER])
  set_hold(hold_id, hold)
end

local function begin_transaction(sequence, cause)
  if sequence ~= tx_sequence then tx_sequence, tx_id = sequence, digits(sequence) end
  tx_cause = cause
  tx_granted, tx_entries, entry_mark = NOTHING, 0, entry_count
end

local function undo_transaction()
  undo_changes()
  entry_count = entry_mark
end
