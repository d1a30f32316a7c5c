-- SPDX-License-Identifier: Apache-2.0
-- Layers: what a charm adds to Pebble's plan. They take effect at the next
-- start or replan (checks: at once), and can't be removed.
local yaml = require "std.yaml"

local M = {}

---@param client pebble.Client
---@param label string
---@param layer table|string a table, or YAML
---@param options? {combine?: boolean, inner?: boolean}
---@return true?
---@return std.Error? err
function M.add(client, label, layer, options)
  options = options or {}
  return client:post {
    tried = ("add layer '%s'"):format(label),
    path = "/v1/layers",
    body = {
      action = "add",
      combine = options.combine or false,
      inner = options.inner or false,
      label = label,
      format = "yaml",
      layer = type(layer) == "string" and layer or yaml.encode(layer),
    },
  }
end

return M
