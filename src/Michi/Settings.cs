using System.CommandLine;
using System.ComponentModel.DataAnnotations;
using Michi.Platform;

namespace Michi;

/// <summary>The settings every verb shares: by option, else environment variable (<c>MICHI_DATA</c>…), else settings file, else default.</summary>
internal sealed class Settings
{
    private readonly Option<string> _file = new("--settings") { Description = "Settings file (JSON). Environment: MICHI_SETTINGS. Default: michi.json, if there is one." };
    private readonly Option<string>[] _options =
    [
        new("--data") { Description = "Folder of the embedded database. Environment: MICHI_DATA." },
        new("--database") { Description = "PostgreSQL connection string; without it the embedded database is used. Environment: MICHI_DATABASE." },
        new("--port") { Description = "Port to listen on. Environment: MICHI_PORT. Default: 5080." },
        new("--address") { Description = "Address to listen on. Environment: MICHI_ADDRESS. Default: 127.0.0.1 (this machine only)." },
        new("--base-path") { Description = "Path below which Michi is served, for example /michi. Environment: MICHI_BASEPATH." },
        new("--languages") { Description = "Languages offered, the first being the default. Environment: MICHI_LANGUAGES. Default: en,ja." },
        new("--pack") { Description = "Folder of your organisation's own content pack. Environment: MICHI_PACK." },
        new("--content") { Description = "Folder with the content shipped with Michi. Environment: MICHI_CONTENT." },
    ];

    /// <summary>Adds the options to a verb.</summary>
    public void AddTo(Command command)
    {
        command.Options.Add(_file);
        foreach (var option in _options) command.Options.Add(option);
    }

    /// <summary>The settings in force for a run.</summary>
    /// <exception cref="ValidationException">A value is out of range; the message names it.</exception>
    public PlatformOptions Read(ParseResult parsed, string defaultData)
    {
        var given = _options.Where(o => parsed.GetResult(o) is { Implicit: false })
            .ToDictionary(o => o.Name.TrimStart('-').Replace("-", "", StringComparison.Ordinal), o => parsed.GetValue(o));
        var file = parsed.GetValue(_file) ?? Environment.GetEnvironmentVariable("MICHI_SETTINGS");
        var configuration = new ConfigurationBuilder()
            .AddInMemoryCollection([new("Data", defaultData)])
            .AddJsonFile(Path.GetFullPath(file ?? "michi.json"), optional: file is null)
            .AddEnvironmentVariables("MICHI_")
            .AddInMemoryCollection(given)
            .Build();
        var options = new PlatformOptions();
        try
        {
            configuration.Bind(options);
        }
        catch (InvalidOperationException fault)
        {
            throw new ValidationException(fault.Message);
        }
        Validator.ValidateObject(options, new(options), validateAllProperties: true);
        return options;
    }
}
