-- SPDX-License-Identifier: Apache-2.0
-- k8s-spec-get, k8s-spec-set, k8s-raw-get, k8s-raw-set, and the first two
-- under their old names; add-metric. All from before charms had sidecars, and
-- none of it moves the lab; what is set is kept and given back.
local fs = require "host.fs"

local M = {}

local function read(context, options, request)
  if options.file == "-" then
    return request.stdin
  end
  local place <const> = context.host_path(options.file, request.dir)
  local text <const> = place and fs.read(place)
  if not text then
    return nil, ("open %s: no such file or directory"):format(options.file)
  end
  return text
end

local function setter(kind, label)
  return {
    before = "4",
    flags = { { "file", default = "-" }, { "k8s-resources" } },
    args = 0,
    reads_stdin = function(options) return options.file == "-" end,
    run = function(context, options, _, request)
      local text, message = read(context, options, request)
      if not text then
        return nil, message, 1
      elseif text == "" then
        return nil, ("no %s specified: pipe %s to command, or specify a file "
          .. "with --file"):format(label, label), 1
      elseif not context:is_leader() then
        context.log("ERROR", ('"%s" is not the leader but is setting '
          .. "application %s"):format(context.unit.name, label))
        return nil, "this unit is not the leader", 1
      end
      context.specs[kind] = text
    end,
  }
end

local function getter(kind, label)
  return {
    before = "4",
    args = 0,
    run = function(context)
      local text <const> = (context.application.specs or {})[kind]
      if not text then
        return nil, ("%s for application %s not found")
          :format(label, context.application.name), 1
      end
      return text
    end,
  }
end

M["k8s-spec-set"] = setter("spec", "k8s spec")
M["k8s-spec-get"] = getter("spec", "k8s spec")
M["k8s-raw-set"] = setter("raw", "k8s raw spec")
M["k8s-raw-get"] = getter("raw", "k8s raw spec")
M["pod-spec-set"] = M["k8s-spec-set"]
M["pod-spec-get"] = M["k8s-spec-get"]

-- For collect-metrics, which no unit of the lab runs.
M["add-metric"] = {
  before = "3.6",
  flags = { { "labels", "l" } },
  run = function(_, _, args)
    if #args == 0 then
      return nil, "no metrics specified", 2
    end
    for _, arg in ipairs(args) do
      if not arg:find("^[^=]+=.") then
        return nil, ('expected "key=value", got "%s"'):format(arg), 2
      end
    end
    return nil, "cannot record metric: metrics disabled", 1
  end,
}

return M
