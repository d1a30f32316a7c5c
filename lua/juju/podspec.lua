-- SPDX-License-Identifier: Apache-2.0
-- Kubernetes specifications of charms without sidecars (k8s-spec-*,
-- k8s-raw-*, pod-spec-*), gone with Juju 4. YAML in and out; the leader's.
local tool = require "juju.tool"

local M = {}

---@class juju.PodSpecOptions
---@field raw? boolean objects of Kubernetes rather than Juju's form

local function tool_name(options, verb)
  return ("k8s-%s-%s"):format(options and options.raw and "raw" or "spec",
    verb)
end

---@param text string
---@param options? juju.PodSpecOptions
---@return true?
---@return std.Error? err
function M.set(text, options)
  local out, err = tool.call(tool_name(options, "set"), { "--file", "-" },
    { stdin = text, tried = "set the pod's specification" })
  return out and true, err
end

---@param options? juju.PodSpecOptions
---@return string?
---@return std.Error? err
function M.get(options)
  return tool.call(tool_name(options, "get"), {},
    { reads = true, tried = "read the pod's specification" })
end

return M
