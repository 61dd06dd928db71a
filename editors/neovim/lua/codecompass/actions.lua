-- The server's commands as code actions and code lenses bring them. The server answers this plugin with data instead of
-- documents, so that showing them is left to it.

---@param command lsp.Command
---@return table
local function argument(command)
  return (command.arguments or {})[1] or {}
end

---@param given table
---@return codecompass.Lines?
local function lines(given)
  if given.line then
    return { first = given.line, last = given.endLine or given.line }
  end
end

-- The subject of a question, as the arguments name it.
local function subject(given)
  if not given.uri then
    return nil
  end
  local range = lines(given)
  return {
    uri = given.uri,
    range = range and {
      start = { line = range.first - 1, character = 0 },
      ['end'] = { line = range.last, character = 0 },
    },
    symbol = given.symbol,
    problem = given.problem,
  }
end

return {
  ['codecompass.explain'] = function(command)
    require('codecompass.commands.explain').subject(subject(argument(command)))
  end,
  ['codecompass.ask'] = function(command)
    local given = argument(command)
    require('codecompass.commands.ask').about(given.question, subject(given))
  end,
  ['codecompass.similar'] = function(command)
    require('codecompass.commands.similar').to(argument(command))
  end,
  ['codecompass.search'] = function(command)
    local given = argument(command)
    require('codecompass.commands.search').run(given.query, { limit = given.limit })
  end,
}
