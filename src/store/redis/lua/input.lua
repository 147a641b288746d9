-- The batch as batch-codec.ts sends it: one flat array, since cmsgpack fills small tables slowly. After what concerns the
-- whole batch each transaction has HEAD_FIELDS fields, and then its steps, each with its number of fields before it.
-- A place is the index of a first field: a transaction's id, a step's kind.
local BATCH_FIELDS, HEAD_FIELDS = 14, 6
local input, transaction_places, step_places, last_steps

local function find_places(count)
  transaction_places, step_places, last_steps = {}, {}, { [0] = 0 }
  local place = BATCH_FIELDS + 1
  for number = 1, count do
    transaction_places[number] = place
    local steps_left = input[place + HEAD_FIELDS - 1]
    place = place + HEAD_FIELDS
    for _ = 1, steps_left do
      step_places[#step_places + 1] = place + 1
      place = place + 1 + input[place]
    end
    last_steps[number] = #step_places
  end
end
