-- `:CodeCompass status`: how the index of each folder is.

local float = require('codecompass.float')
local notice = require('codecompass.notice')
local request = require('codecompass.request')

local M = {}

---@param bytes number
---@return string
local function size(bytes)
  local units = { 'bytes', 'KiB', 'MiB', 'GiB' }
  local unit = 1
  while bytes >= 1024 and unit < #units do
    bytes, unit = bytes / 1024, unit + 1
  end
  return unit == 1 and ('%d %s'):format(bytes, units[1]) or ('%.1f %s'):format(bytes, units[unit])
end

---@param counts table<string, integer>
---@return string
local function counted(counts)
  local names = vim.tbl_keys(counts or {})
  table.sort(names, function(left, right)
    return counts[left] > counts[right] or (counts[left] == counts[right] and left < right)
  end)
  return table.concat(
    vim.tbl_map(function(name)
      return name .. ' ' .. counts[name]
    end, names),
    ', '
  )
end

---@param folder table
---@return string[]
local function describe(folder)
  local lines = { '# ' .. vim.fn.fnamemodify(folder.workspace, ':~'), '' }
  local function line(name, text)
    if text and text ~= '' then
      table.insert(lines, ('- %s: %s'):format(name, text))
    end
  end
  local phase = folder.phase
  if (folder.total or 0) > 0 then
    phase = ('%s, %d of %d files, %.0f a second'):format(phase, folder.done, folder.total, folder.files_per_second)
  end
  line('now', phase)
  line('takes long', folder.slow_file)
  local files = folder.files or {}
  line('files', ('%d indexed of %d, %d to do'):format(files.indexed or 0, files.seen or 0, files.pending or 0))
  line('left out', counted(files.skipped))
  local chunks = folder.chunks or {}
  line('chunks', ('%d, %d with vectors'):format(chunks.total or 0, chunks.embedded or 0))
  line('languages', counted(folder.languages))
  line('vectors by', folder.embedder)
  local embedding = folder.embedding
  if embedding and embedding.phase ~= 'off' then
    line('vectors of the host', ('%s, %d of %d'):format(embedding.phase, embedding.done or 0, embedding.total or 0))
    line('why', embedding.note)
  end
  line('index', folder.index and size(folder.index.bytes or 0))
  line('changes on disk', folder.watcher and vim.trim(folder.watcher.mode .. ' ' .. (folder.watcher.reason or '')))
  for _, problem in ipairs(folder.errors or {}) do
    line('**problem**', problem)
  end
  return lines
end

---@param hosts table[]
---@return string[]
local function describe_hosts(hosts)
  local lines = { '# Model hosts', '' }
  for _, host in ipairs(hosts) do
    local serves = #(host.serves or {}) > 0 and 'for ' .. table.concat(host.serves, ', ') or nil
    local parts = vim.tbl_filter(function(part)
      return part ~= ''
    end, { host.state or '', serves or '', table.concat(host.models or {}, ', '), host.why or '' })
    table.insert(lines, ('- %s: %s'):format(host.name or host.url, table.concat(parts, '; ')))
  end
  return lines
end

---@param report table
---@return string[]
function M.lines(report)
  local lines = {}
  for _, folder in ipairs(report.folders or {}) do
    vim.list_extend(lines, #lines > 0 and { '' } or {})
    vim.list_extend(lines, describe(folder))
  end
  if #lines == 0 then
    lines = { 'No folder is open.' }
  end
  if report.hosts and #report.hosts > 0 then
    table.insert(lines, '')
    vim.list_extend(lines, describe_hosts(report.hosts))
  end
  return vim.split(table.concat(lines, '\n'), '\n')
end

function M.command()
  -- The command asks the hosts; the request tells only what is known of them.
  request.execute('codecompass.status', nil, function(problem, report)
    if problem then
      return notice.fail(problem)
    end
    float.open({ title = 'CodeCompass', lines = M.lines(report), filetype = 'markdown' })
  end)
end

return M
