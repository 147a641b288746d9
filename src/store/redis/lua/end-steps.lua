-- release, consume, and the end of an overdue hold: src/domain/machine/end-steps.ts
local function ended(hold, state)
  local copy = copy_hold(hold)
  copy[STATE], copy[ENDED_AT] = state, context.at
  return copy
end

-- The units of a live hold become available again, and count no more for its customer.
local function free_units(hold_id, hold, before, state)
  local quantity, after = hold[QUANTITY], copy_stock(before)
  after[RESERVED] = before[RESERVED] - quantity
  move_hold(STATES[state], quantity, before, after, hold_id, ended(hold, state))
  if hold[COUNTED] then add_to_count(customer_of(hold), hold[SKU], -quantity) end
end

function steps.release(step)
  local hold_id, owner, expired_is_fine = step[2], step[3], step[4]
  local hold, before, meta = live_hold(hold_id, owner, false)
  if hold then return free_units(hold_id, hold, before, RELEASED) end
  if expired_is_fine and before == 'hold_not_active' and meta.state == 'expired' then return end
  return before, meta
end

function steps.consume(step)
  local hold_id, owner, quantity = step[2], step[3], step[4]
  local hold, before, meta = live_hold(hold_id, owner, quantity)
  if not hold then return before, meta end
  local units, after = hold[QUANTITY], copy_stock(before)
  after[ON_HAND], after[RESERVED] = before[ON_HAND] - units, before[RESERVED] - units
  after[SOLD] = before[SOLD] + units
  move_hold('consumed', units, before, after, hold_id, ended(hold, CONSUMED))
end
