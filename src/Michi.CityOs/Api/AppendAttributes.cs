using Michi.CityOs.Entities;

namespace Michi.CityOs.Api;

/// <summary>ETSI GS CIM 009, 5.6.3 Append Attributes.</summary>
internal static class AppendAttributes
{
    public static async Task HandleAsync(NgsiLdCall call, string id)
    {
        call.Accept("options", "local", "type", "via");
        NgsiLdCall.CheckId(id);
        var overwrites = !call.Options.Contains("noOverwrite");
        var body = await call.ReadBodyAsync();
        var read = new EntityReader(call.Context, InputForm.Normalized, InputNeed.Attributes).Read(body);
        UpdateResult? result = null;
        await call.ChangeAsync(id, (current, now) =>
        {
            (var entity, result) = EntityEdits.Append(call.Gate(current, id), read, overwrites, now);
            return entity;
        });
        await call.UpdatedAsync(result!);
    }
}
