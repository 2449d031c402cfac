using Michi.CityOs.Entities;

namespace Michi.CityOs.Api;

/// <summary>ETSI GS CIM 009, 5.6.2 Update Attributes.</summary>
internal static class UpdateAttributes
{
    public static async Task HandleAsync(NgsiLdCall call, string id)
    {
        call.Accept("options", "local", "type", "via");
        NgsiLdCall.CheckId(id);
        var body = await call.ReadBodyAsync();
        var read = new EntityReader(call.Context, InputForm.Normalized, InputNeed.Attributes).Read(body);
        UpdateResult? result = null;
        await call.ChangeAsync(id, (current, now) =>
        {
            (var entity, result) = EntityEdits.Update(call.Gate(current, id), read, now);
            return entity;
        });
        await call.UpdatedAsync(result!);
    }
}
