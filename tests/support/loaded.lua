-- SPDX-License-Identifier: Apache-2.0
-- Prints what a dispatch loads that it may never use.
require "ops.dispatch"
require "ops"

local OTHERS <const> = { "^pebble%.", "^pg", "^host%.http", "^host%.pq" }

for name in pairs(package.loaded) do
  for _, pattern in ipairs(OTHERS) do
    if name:find(pattern) then
      print(name)
    end
  end
end
