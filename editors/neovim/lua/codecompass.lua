-- What other Lua code may call. Each function does what the command of its name does.

local M = {}

---Sets options; not needed when there are none, or when they stand in `vim.g.codecompass`.
---@param options? codecompass.Options
function M.setup(options)
  require('codecompass.options').add(options)
  -- A server that runs is told; before that there is nobody to tell.
  if package.loaded['codecompass.server'] then
    require('codecompass.server').reconfigure()
  end
end

---Searches the code. Without a query it is asked for, or typed into a picker that searches meanwhile.
---@param query? string
---@param options? { picker?: string, limit?: integer }
function M.search(query, options)
  require('codecompass.commands.search').run(query, options)
end

---Finds code like that at the cursor.
---@param options? { picker?: string, limit?: integer, range?: codecompass.Lines }
function M.similar(options)
  require('codecompass.commands.similar').run(options)
end

---Asks a question in the chat, about the lines of `range` if there are any.
---@param question? string
---@param options? { range?: codecompass.Lines, continue?: boolean }
function M.ask(question, options)
  require('codecompass.commands.ask').run(question, options)
end

---Explains the code at the cursor, the lines of `range`, or the problem there.
---@param options? { range?: codecompass.Lines, what?: 'symbol'|'problem'|'file' }
function M.explain(options)
  require('codecompass.commands.explain').run(options)
end

---Shows or hides the chat, or does something in it.
---@param action? 'toggle'|'open'|'new'|'stop'|'regenerate'|'history'|'export'|'rename'|'delete'
function M.chat(action)
  require('codecompass.chat').run(action or 'toggle')
end

---One short text for a status line; empty while there is nothing to say.
---@return string
function M.statusline()
  return require('codecompass.status').line()
end

---How everything is, as the server said it last; nil before that.
---@return table?
function M.status()
  return require('codecompass.status').last()
end

return M
