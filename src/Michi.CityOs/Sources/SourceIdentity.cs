using System.Security.Cryptography;
using System.Text;
using System.Xml;
using Michi.CityOs.Api;
using Michi.CityOs.Entities;
using Michi.CityOs.Storage;

namespace Michi.CityOs.Sources;

/// <summary>What this broker is called among brokers, ETSI GS CIM 009, clauses 5.2.40 and 6.3.18: the same as long as its data folder is, or for all nodes of one database.</summary>
internal sealed class SourceIdentity(string name, TimeProvider clock)
{
    private readonly DateTimeOffset _started = clock.GetUtcNow();

    /// <summary>Reads the name from the data folder, or makes one there.</summary>
    public static string NameIn(string folder)
    {
        var path = Path.Combine(folder, "city-os.name");
        if (File.Exists(path) && File.ReadAllText(path).Trim() is { Length: > 0 } known) return known;
        var name = NewName();
        // Others know the broker by it: it must outlive a power cut as the data do.
        using (var file = new FileStream(path, FileMode.Create))
        {
            file.Write(Encoding.ASCII.GetBytes(name + "\n"));
            file.Flush();
            DiskSync.File(file.SafeFileHandle);
        }
        DiskSync.Folder(folder);
        return name;
    }

    public static string NewName() => "michi-" + RandomNumberGenerator.GetHexString(12, lowercase: true);

    /// <summary>The pseudonym in Via headers. Every tenant has its own, so that a request from one tenant to another is no loop.</summary>
    public string AliasOf(string tenant) => tenant.Length == 0 ? name : $"{name}.{tenant}";

    /// <summary>5.15.1 Retrieve Context Source Identity.</summary>
    public static async Task HandleAsync(NgsiLdCall call)
    {
        call.Accept("via");
        var type = call.AcceptedType();
        await call.ReadContextAsync();
        var (identity, now) = (call.Services.Sources.Client.Identity, call.Services.Clock.GetUtcNow());
        var alias = identity.AliasOf(call.Tenant);
        await call.WriteObjectAsync(type, json =>
        {
            json.WriteString("id"u8, "urn:ngsi-ld:ContextSourceIdentity:" + alias);
            json.WriteString("type"u8, "ContextSourceIdentity"u8);
            json.WriteString("contextSourceAlias"u8, alias);
            json.WriteString("contextSourceUptime"u8, XmlConvert.ToString(TimeSpan.FromSeconds(Math.Floor((now - identity._started).TotalSeconds))));
            json.WriteString("contextSourceTimeAt"u8, EntityWriter.Text(now));
        });
    }
}
