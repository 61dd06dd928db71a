-- The server's commands as code actions and code lenses bring them. The server answers this plugin with data instead of
-- documents, so that showing them is left to it.

---@param command lsp.Command
---@return table
local function argument(command)
  return (command.arguments or {})[1] --[[@as table?]] or {}
end

return {
  ['codecompass.explain'] = function(command)
    local subject = require('codecompass.subject').of_arguments(argument(command))
    if subject then
      require('codecompass.commands.explain').subject(subject)
    end
  end,
  ['codecompass.ask'] = function(command)
    local given = argument(command)
    require('codecompass.commands.ask').about(given.question, require('codecompass.subject').of_arguments(given))
  end,
  ['codecompass.similar'] = function(command)
    require('codecompass.commands.similar').to(argument(command))
  end,
  ['codecompass.search'] = function(command)
    local given = argument(command)
    require('codecompass.commands.search').run(given.query, { limit = given.limit })
  end,
}
