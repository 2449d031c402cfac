using System.CommandLine;
using System.Text;
using Michi;

Console.OutputEncoding = Encoding.UTF8;
var root = new RootCommand("Michi (道): takes a city from \"where do we stand?\" to a running smart city.")
{
    Demo.Command(), Serve.Command(), Assess.Command(), Plan.Command(), Check.Command(), Import.Command(), Export.Command(), Workbook.Command(), Backup.BackupCommand(), Backup.RestoreCommand(),
};
var parsed = root.Parse(args);
var code = await parsed.InvokeAsync();
return parsed.Errors.Count > 0 ? 2 : code;
