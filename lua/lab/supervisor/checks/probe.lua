-- SPDX-License-Identifier: Apache-2.0
-- One run of a check: http, tcp or exec. Bounded by the caller, who cancels.
local accounts = require "lab.supervisor.accounts"
local launch = require "lab.supervisor.launch"
local net = require "host.lab.net"
local runs = require "lab.supervisor.run"
local stream = require "lab.http.stream"
local validate = require "lab.supervisor.plan.validate"

local M = {}

local HEAD_MAX <const> = 65536
local BODY_MAX <const> = 512
local LINES_MAX <const> = 5
local OUTPUT_MAX <const> = 8192

local function address(host)
  return host == "localhost" and "127.0.0.1" or host
end

local function last_lines(text)
  local lines <const> = {}
  for line in text:gmatch("[^\n]+") do
    lines[#lines + 1] = line
  end
  return table.concat(lines, "\n", math.max(#lines - LINES_MAX + 1, 1))
end

local function connect(host, port, timeout)
  return net.connect { host = address(host), port = port, timeout = timeout }
end

function M.tcp(_, config, timeout)
  local sock, message = connect(config.tcp.host or "localhost",
    config.tcp.port, timeout)
  if not sock then
    return nil, message
  end
  sock:close()
  return true
end

local function parse_url(url)
  local authority, path = url:match("^http://([^/?#]+)([^#]*)")
  if not authority then
    return nil, ("cannot check %q: only http:// is supported"):format(url)
  end
  local host, port = authority:match("^(.-):(%d+)$")
  if path:sub(1, 1) ~= "/" then
    path = "/" .. path
  end
  return { authority = authority, host = host or authority,
    port = math.tointeger(tonumber(port or "80")), path = path }
end

local function ask(connection, url, headers)
  local lines <const> = {
    ("GET %s HTTP/1.0"):format(url.path),
    "Host: " .. url.authority,
    "User-Agent: charmlab",
  }
  for name, value in pairs(headers or {}) do
    lines[#lines + 1] = ("%s: %s"):format(name, value)
  end
  local ok, message = connection:write(
    table.concat(lines, "\r\n") .. "\r\n\r\n")
  if not ok then
    return nil, message
  end
  return connection:read_through("\r\n\r\n", HEAD_MAX)
end

function M.http(loop, config, timeout)
  local url, message = parse_url(config.http.url)
  local sock
  if url then
    sock, message = connect(url.host, url.port, timeout)
  end
  if not sock then
    return nil, message
  end
  local connection <close> = stream.new(loop, sock, timeout)
  local head, why = ask(connection, url, config.http.headers)
  local status <const> = head and tonumber(head:match("^HTTP/1.%d (%d%d%d)"))
  if not status then
    return nil, why or "malformed HTTP response"
  elseif status >= 200 and status < 300 then
    return true
  end
  repeat
    local enough <const> = #connection.buffer >= BODY_MAX
  until enough or not connection:fill()
  return nil, ("non-2xx status code %d; %s"):format(status,
    last_lines(connection.buffer:sub(1, BODY_MAX)))
end

-- Reads to the end, keeping only the last of it.
local function read_output(loop, pipe, kept)
  pipe:nonblock()
  while true do
    loop:readable(pipe:fd())
    local data, _, code = pipe:read(4096)
    if data == "" or not data and code ~= "again" then
      return
    end
    kept.text = (kept.text .. (data or "")):sub(-OUTPUT_MAX)
  end
end

function M.exec(loop, config, timeout, services)
  local own <const> = config.exec
  local context <const> = services[own["service-context"] or ""] or {}
  local given <const> = own.user or own["user-id"]
  local account, message = accounts.resolve(given and own or context)
  local process
  if account then
    process, message = launch.start {
      argv = assert(validate.split_command(own.command)),
      account = account,
      environment = launch.environment(context.environment, own.environment),
      cwd = own["working-dir"] or context["working-dir"],
      stdin = "null",
      stdout = "pipe",
      stderr = "stdout",
      group = true,
    }
  end
  if not process then
    return nil, message
  end
  local kept <const> = { text = "" }
  local reader <const> = loop:spawn(read_output, loop, process:stdout(), kept)
  -- However this ends, cancelled too, nothing of the group stays.
  local _ <close> = setmetatable({}, {
    __close = function()
      reader:cancel()
      reader:join()
      launch.close(process)
    end,
  })
  local result <const> = loop:wait_process(process, timeout)
  if not result then
    process:kill("KILL", true)
  end
  reader:join(0.1)
  if not result then
    return nil, "timed out"
  end
  local code <const> = runs.exit_code(result)
  if code == 0 then
    return true
  end
  return nil, ("exit status %d; %s"):format(code, last_lines(kept.text))
end

return M
