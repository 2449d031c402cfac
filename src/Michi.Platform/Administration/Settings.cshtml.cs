using System.Globalization;
using System.Reflection;
using Michi.Platform.Accounts;
using Michi.Platform.Storage;
using Npgsql;

namespace Michi.Platform.Administration;

/// <summary>The settings the installation runs with, to read; they are changed where the program is started.</summary>
[Allow(Right.Administer)]
internal sealed class SettingsPage(PlatformOptions options, Database database) : MichiPage
{
    public string Version => typeof(SettingsPage).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()!.InformationalVersion.Split('+')[0];

    /// <summary>Name of the setting (also of its environment variable, after <c>MICHI_</c>) and its value, without secrets.</summary>
    public IReadOnlyList<(string Name, string Value)> Values =>
    [
        ("Data", Path.GetFullPath(options.Data)),
        ("Database", database.IsPostgres ? Without(database.ConnectionString) : database.File!),
        ("Address", options.Address),
        ("Port", options.Port.ToString(CultureInfo.InvariantCulture)),
        ("BasePath", options.BasePath),
        ("Languages", options.Languages),
        ("Pack", options.Pack),
        ("Content", options.Content),
        ("MaxUploadBytes", options.MaxUploadBytes.ToString("N0", T.Culture)),
    ];

    private static string Without(string connection)
    {
        var from = new NpgsqlConnectionStringBuilder(connection);
        return $"PostgreSQL: {from.Username}@{from.Host}:{from.Port}/{from.Database}";
    }
}
