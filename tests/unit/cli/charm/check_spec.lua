-- SPDX-License-Identifier: Apache-2.0
-- The rules of all three files, case by case: what Juju refuses is refused,
-- with its line.
local check = require "cli.charm.check"

local METADATA <const> = "name: hello\nsummary: s\ndescription: d\n"

describe("a charm's files", function()
  local function problems(texts)
    local folder = { entries = {}, by_name = {}, problems = {} }
    texts["metadata.yaml"] = texts["metadata.yaml"] or METADATA
    for name, data in pairs(texts) do
      folder.by_name[name] = { name = name, data = data }
      folder.entries[#folder.entries + 1] = folder.by_name[name]
    end
    local name, bases = check.check(folder)
    return folder.problems, name, bases, folder
  end

  local function metadata(text)
    return problems { ["metadata.yaml"] = METADATA .. text }
  end

  it("are taken where nothing is wrong", function()
    local found, name = problems {
      ["metadata.yaml"] = METADATA .. [[
assumes: [k8s-api, juju >= 3.1, {any-of: [juju < 3, juju >= 3.4.1]}]
provides: {web: http, my_db: {interface: sql, limit: 1, optional: true}}
requires: {db: {interface: sql, limit: , scope: global}}
peers: {peer: {interface: peers}}
extra-bindings: {admin: }
containers:
  c: {resource: image, uid: 584792, mounts: [{storage: d, location: /d}]}
  bare: {}
resources:
  image: {type: oci-image, upstream-source: x}
  blob: {type: file, filename: blob.bin}
storage:
  d: {type: filesystem, location: /d, minimum-size: 1.5G,
    multiple: {range: 1-}}
  n: {type: block, multiple: {range: 2}}
maintainers: [me <me@example.org>]
]],
      ["config.yaml"] = "options:\n  a: {type: string, default: \"\"}\n"
        .. "  b: {type: float, default: 1}\n  c: {type: int}\n"
        .. "  d: {type: secret, default: 'secret:x'}\n",
      ["actions.yaml"] = [[
look:
  description: Look.
  parallel: true
  execution-group: g
  params:
    depth: {type: [integer, "null"], minimum: 1, enum: [1, 2]}
    tree: {type: object, properties: {a: {type: string}},
      additionalProperties: {type: array, items: {type: number}}}
  required: [depth]
  additionalProperties: false
rest:
1st: {}
]],
    }
    assert.same({}, found)
    assert.equal("hello", name)
  end)

  it("miss a name, a summary, a description", function()
    assert.same({ 'metadata.yaml:1: "description" is missing',
      'metadata.yaml:1: "name" is missing',
      'metadata.yaml:1: "summary" is missing' },
      (problems { ["metadata.yaml"] = "x: 1" }))
  end)

  for text, complaint in pairs {
    ["description: y"] = "metadata.yaml:1: description: expected a string, got"
      .. " true (YAML reads it as a boolean; quote it)",
    ["name: 7"] = "metadata.yaml:1: name: expected a string, got 7 "
      .. "(YAML reads it as a number; quote it)",
    ["name: Hello"] = 'metadata.yaml:1: name: "Hello" must be lower-case',
    ["name: a-1"] = 'metadata.yaml:1: name: "a-1" must be lower-case',
    ["[]"] = "metadata.yaml:1: expected a map, got a list",
    ["name: [a"] = "metadata.yaml:2: did not find expected",
  } do
    it("refuse " .. text, function()
      local found = problems { ["metadata.yaml"] = text }
      local all = "\n" .. table.concat(found, "\n")
      assert.is_truthy(all:find("\n" .. complaint, 1, true), all)
    end)
  end

  for text, complaint in pairs {
    ["provides:"] = "provides: expected a map, got nothing",
    ["provides: {Web: http}"] = 'provides.Web: "Web" must be lower-case',
    ["provides: {a--b: http}"] = 'provides.a--b: "a--b" must be',
    ["provides: {web: {limit: 1}}"] = 'provides.web: "interface" is missing',
    ["provides: {web: {interface: no}}"] =
      "provides.web.interface: expected a string, got false",
    ["provides: {web: {interface: h, limit: x}}"] =
      "provides.web.limit: expected an integer, got x",
    ["provides: {web: {interface: h, scope: all}}"] =
      'provides.web.scope: "all" is none of global, container',
    ["provides: {juju-x: http}"] = '"juju-x" is reserved',
    ["peers: {p: juju-info}"] = 'interface "juju-info" is reserved',
    ["provides: {a: x}\nrequires: {a: x}"] = "a: provides has an endpoint",
    ["provides: {a: x}\nextra-bindings: {a: }"] = "provides has an endpoint",
    ["extra-bindings: {}"] = "extra-bindings: it is empty",
    ["subordinate: true"] = "a subordinate needs an endpoint in requires",
    ["series: [focal]"] = "series: Juju refuses it beside a manifest",
    ["min-juju-version: 2.9.0"] = "min-juju-version: Juju refuses it",
    ["containers: {c: {resource: r}}"] =
      'containers.c.resource: there is no resource "r"',
    ["containers: {c: {resource: r}}\nresources: {r: {type: file, filename: f}}"]
      = 'the resource "r" is no oci-image',
    ["containers: {c: {mounts: [{storage: s, location: /}]}}"] =
      'containers.c.mounts[1].storage: there is no storage "s"',
    ["containers: {c: {mounts: [{location: /}]}}"] = '"storage" is missing',
    ["containers: {c: {uid: 1000}}"] = "1000 is between 1000 and 9999",
    ["containers: {charm: {}}"] = '"charm" is reserved',
    ["containers: {c_c: {}}"] = '"c_c" must be at most 63',
    ["storage: {s: {}}"] = 'storage.s: "type" is missing',
    ["storage: {s: {type: disk}}"] = '"disk" is none of filesystem, block',
    ["storage: {s: {type: block, location: /s}}"] = "has no location",
    ["storage: {s: {type: block, multiple: {range: 0}}}"] = '"0" is none of',
    ["storage: {s: {type: block, minimum-size: 1024}}"] =
      "minimum-size: expected a string, got 1024",
    ["storage: {s: {type: block, minimum-size: big}}"] = '"big" is no size',
    ["resources: {r: {type: image}}"] = '"image" is none of file, oci-image',
    ["resources: {r: {type: file}}"] = "resources.r: a file needs a filename",
    ["resources: {r: {filename: a/b}}"] = "a name without folders",
    ["resources: {a.b: {filename: a}}"] = "must not be empty, have a dot",
    ["assumes: [juju => 3]"] = "assumes[1]: expected a feature",
    ["assumes: [{none-of: [juju]}]"] = "assumes[1]: expected a feature",
    ["charm-user: joe"] = '"joe" is none of root, sudoer, non-root',
    ["tags: [yes]"] = "tags[1]: expected a string, got true",
  } do
    it("refuse " .. text:gsub("\n", "; "), function()
      local found = metadata(text)
      assert.equal(1, #found, table.concat(found, "\n"))
      assert.is_truthy(found[1]:find("^metadata.yaml:[45]: "), found[1])
      assert.is_truthy(found[1]:find(complaint, 1, true), found[1])
    end)
  end

  for text, complaint in pairs {
    [""] = "1: expected a map, got nothing",
    ["a: {type: int}"] = '1: "options" is missing',
    ["options:"] = "1: options: expected a map, got nothing",
    ["options:\n  a: {}"] = '2: options.a: "type" is missing',
    ["options:\n  a: {type: text}"] = '2: options.a.type: "text" is none of',
    ["options:\n  a: {type: int,\n    default: x}"] =
      "3: options.a.default: it is no int but x",
    ["options:\n  a: {type: string,\n    default: on}"] =
      "3: options.a.default: it is no string but true",
    ["options:\n  a: {type: secret, default: x}"] =
      "2: options.a.default: a secret is named by secret:ID",
    ["options:\n  a: {type: int, description: no}"] =
      "2: options.a.description: expected a string, got false",
    ["options: {$a: {type: int}}"] = '1: options["$a"]: "$a" must not',
  } do
    it("refuse config.yaml with " .. text:gsub("\n%s*", "; "), function()
      local found = problems { ["config.yaml"] = text }
      assert.equal(1, #found, table.concat(found, "\n"))
      assert.equal("config.yaml:" .. complaint,
        found[1]:sub(1, #complaint + 12))
    end)
  end

  for text, complaint in pairs {
    ["Look: {}"] = '1: Look: "Look" must be lower-case',
    ["juju-look: {}"] = '1: juju-look: "juju-look" is reserved',
    ["look: here"] = "1: look: expected a map, got here",
    ["look:\n  description: y"] =
      "2: look.description: expected a string, got true",
    ["look: {params: [a]}"] = "1: look.params: expected a map, got a list",
    ["look: {params: {a: {type: int}}}"] =
      '1: look.params.a.type: "int" is none of array',
    ["look: {params: {a: {enum: []}}}"] = "1: look.params.a.enum: it is empty",
    ["look: {params: {a: {$ref: x}}}"] = '1: look.params.a["$ref"]: Juju',
    ["look: {params: {a: {minimum: x}}}"] =
      "1: look.params.a.minimum: expected a number",
    ["look: {required: a}"] = "1: look.required: expected a list, got a",
    ["look: {required: [a, a]}"] = '1: look.required: "a" is there twice',
    ["look: {parallel: 1}"] = "1: look.parallel: expected a boolean, got 1",
  } do
    it("refuse actions.yaml with " .. text:gsub("\n%s*", "; "), function()
      local found = problems { ["actions.yaml"] = text }
      assert.equal(1, #found, table.concat(found, "\n"))
      assert.equal("actions.yaml:" .. complaint,
        found[1]:sub(1, #complaint + 13))
    end)
  end

  it("take an empty actions.yaml for none", function()
    assert.same({}, (problems { ["actions.yaml"] = "# none yet\n" }))
  end)
end)
