using Michi.CityOs.Entities;

namespace Michi.CityOs.Api;

/// <summary>ETSI GS CIM 009, 5.6.17 Merge Entity.</summary>
internal static class MergeEntity
{
    public static async Task HandleAsync(NgsiLdCall call, string id)
    {
        call.Accept("options", "local", "format", "type", "observedAt", "lang", "via");
        NgsiLdCall.CheckId(id);
        var body = await call.ReadBodyAsync();
        var read = Read(call, call.Context, body);
        if (read.Id.Length > 0 && read.Id != id) throw NgsiLdException.BadRequestData("The id of the body is not that of the path.");
        await call.ChangeAsync(id, (current, now) => EntityEdits.Merge(call.Gate(current, id), read, now));
        await call.DoneAsync();
    }

    /// <summary>Reads a fragment to merge; attributes without a time of observation get the one of the parameter.</summary>
    public static Entity Read(NgsiLdCall call, JsonLd.JsonLdContext context, System.Text.Json.JsonElement body)
    {
        var read = new EntityReader(context, call.InputForm(), InputNeed.Merge).Read(body);
        if (call.Parameter("observedAt") is { } text)
        {
            var time = EntityReader.Time(text) ?? throw NgsiLdException.BadRequestData("The parameter observedAt is not a time in UTC: expected 2026-01-31T09:00:00Z.");
            foreach (var attribute in read.Attributes) attribute.ObservedAt ??= time;
        }
        return read;
    }
}
