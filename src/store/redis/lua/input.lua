-- The batch as batch-codec.ts sends it: one value after the other, since cmsgpack fills tables slowly. After what concerns
-- the whole batch each transaction has HEAD_FIELDS fields, and then its steps, each with its number of fields before it.
-- A place is the index of a first field: a transaction's id, a step's kind.
local HEAD_FIELDS = 6
local input
local transaction_places, step_places, last_steps = { n = 0 }, { n = 0 }, { [0] = 0 }

-- What `unpack_limit` gives begins with where to go on, or -1; so the fields of the batch begin at 2.
local function read_input(text)
  input = { cmsgpack.unpack_limit(text, CHUNK_MAX, 0) }
  local offset, length = input[1], #input
  while offset >= 0 do
    local values = { cmsgpack.unpack_limit(text, CHUNK_MAX, offset) }
    for index = 2, #values do input[length + index - 1] = values[index] end
    offset, length = values[1], length + #values - 1
  end
end

local function find_places(first, count)
  local place, steps_known = first, 0
  for number = 1, count do
    transaction_places[number] = place
    local steps_left = input[place + HEAD_FIELDS - 1]
    place = place + HEAD_FIELDS
    for _ = 1, steps_left do
      steps_known = steps_known + 1
      step_places[steps_known] = place + 1
      place = place + 1 + input[place]
    end
    last_steps[number] = steps_known
  end
  transaction_places.n, step_places.n = count, steps_known
end
