-- release, consume, and the end of an overdue hold: src/domain/machine/end-steps.ts
local function ended(hold, state)
  local copy = copy_hold(hold)
  copy[STATE], copy[ENDED_AT] = state, tx_at
  return copy
end

-- The units of a live hold become available again, and count no more for its customer.
local function free_units(hold_id, hold, before, state)
  local quantity = hold[QUANTITY]
  move_hold(STATES[state], quantity, before, before[RESERVED] - quantity, hold_id, ended(hold, state))
  if hold[COUNTED] then add_to_count(customer_of(hold), hold[SKU], -quantity) end
end

function steps.release(at)
  local hold_id, owner, quantity, expired_is_fine = unpack(input, at + 1, at + 4)
  local hold, before, meta = live_hold(hold_id, owner, quantity)
  if hold then return free_units(hold_id, hold, before, RELEASED) end
  if expired_is_fine and before == 'hold_not_active' and meta.state == 'expired' then return end
  return before, meta
end

function steps.consume(at)
  local hold_id, owner, quantity = unpack(input, at + 1, at + 3)
  local hold, before, meta = live_hold(hold_id, owner, quantity)
  if not hold then return before, meta end
  local units, sku = hold[QUANTITY], hold[SKU]
  local on_hand, reserved, sold = before[ON_HAND] - units, before[RESERVED] - units, exact(before[SOLD] + units)
  move('consumed', units, sku, before, on_hand, reserved, sold, hold_id, hold[OWNER])
  set_hold(hold_id, ended(hold, CONSUMED))
end
