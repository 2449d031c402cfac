using Michi.CityOs.Entities;

namespace Michi.CityOs.Api;

/// <summary>ETSI GS CIM 009, 5.15 Retrieve Context Source Identity Information.</summary>
internal static class SourceIdentity
{
    private static readonly Guid Alias = Guid.NewGuid();

    public static async Task HandleAsync(NgsiLdCall call)
    {
        call.Accept("via");
        var type = call.AcceptedType();
        await call.ReadContextAsync();
        var now = call.Services.Clock.GetUtcNow();
        var up = now - System.Diagnostics.Process.GetCurrentProcess().StartTime.ToUniversalTime();
        var alias = call.Tenant.Length == 0 ? $"michi-{Alias:N}" : $"michi-{Alias:N}-{call.Tenant}";
        await call.WriteObjectAsync(type, json =>
        {
            json.WriteString("id"u8, $"urn:ngsi-ld:ContextSourceIdentity:{alias}");
            json.WriteString("type"u8, "ContextSourceIdentity"u8);
            json.WriteString("contextSourceAlias"u8, alias);
            json.WriteString("contextSourceUptime"u8, System.Xml.XmlConvert.ToString(TimeSpan.FromSeconds(Math.Max(0, Math.Floor(up.TotalSeconds)))));
            json.WriteString("contextSourceTimeAt"u8, EntityWriter.Text(now));
        });
    }
}
