using Michi.CityOs.Entities;

namespace Michi.CityOs.Api;

/// <summary>ETSI GS CIM 009, 5.6.18 Replace Entity.</summary>
internal static class ReplaceEntity
{
    public static async Task HandleAsync(NgsiLdCall call, string id)
    {
        call.Accept("options", "local", "format", "type", "via");
        NgsiLdCall.CheckId(id);
        var body = await call.ReadBodyAsync();
        var read = new EntityReader(call.Context, call.InputForm(), InputNeed.Attributes).Read(body);
        if (read.Id.Length > 0 && read.Id != id) throw NgsiLdException.BadRequestData("The id of the body is not that of the path.");
        await call.ChangeAsync(id, (current, now) => EntityEdits.Replace(call.Gate(current, id), read, now));
        await call.DoneAsync();
    }
}
