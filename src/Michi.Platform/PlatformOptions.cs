using System.ComponentModel.DataAnnotations;

namespace Michi.Platform;

/// <summary>What the operator of a Michi installation can set, by option, environment variable (<c>MICHI_…</c>) or settings file.</summary>
public sealed class PlatformOptions
{
    /// <summary>Folder of the embedded database. Default: <c>michi-data</c> below the current folder.</summary>
    [Required]
    public string Data { get; set; } = "michi-data";

    /// <summary>PostgreSQL connection string (<c>Host=…;Database=…</c> or <c>postgres://…</c>); empty for the embedded database.</summary>
    public string Database { get; set; } = "";

    /// <summary>TCP port the server listens on.</summary>
    [Range(1, 65535)]
    public int Port { get; set; } = 5080;

    /// <summary>Address to listen on. The default is reachable from this machine only; a reverse proxy brings TLS.</summary>
    public string Address { get; set; } = "127.0.0.1";

    /// <summary>Path below which Michi is served, for example <c>/michi</c>; empty for the root.</summary>
    public string BasePath { get; set; } = "";

    /// <summary>Languages offered, the first one being the default.</summary>
    public string Languages { get; set; } = "en,ja";

    /// <summary>Folder with the content packs and interface texts; empty for the one shipped with the program.</summary>
    public string Content { get; set; } = "";

    /// <summary>Folder of the organisation's own content pack; empty for the pack shipped with the program.</summary>
    public string Pack { get; set; } = "";

    /// <summary>True for a demonstration: every page says so.</summary>
    public bool IsDemonstration { get; set; }

    /// <summary>Largest accepted upload in bytes.</summary>
    [Range(1, 100_000_000)]
    public int MaxUploadBytes { get; set; } = 10_000_000;

    /// <summary>Longest time a plan may be computed for, in seconds.</summary>
    [Range(1, 600)]
    public int PlanSeconds { get; set; } = 60;

    /// <summary>Prefix of the ids under which contracting is published (OCDS), as the Open Contracting Partnership registers it for a publisher. The default is a placeholder.</summary>
    [Required, RegularExpression("ocds-[a-z0-9]{6}")]
    public string OcidPrefix { get; set; } = "ocds-000000";

    internal string[] LanguageList => Languages.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
}
