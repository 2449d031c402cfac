using Michi.CityOs.Entities;

namespace Michi.CityOs.Api;

/// <summary>ETSI GS CIM 009, 5.6.1 Create Entity.</summary>
internal static class CreateEntity
{
    public static async Task HandleAsync(NgsiLdCall call)
    {
        call.Accept("options", "local", "format", "via");
        var body = await call.ReadBodyAsync();
        var read = new EntityReader(call.Context, call.InputForm(), InputNeed.Whole).Read(body);
        await call.ChangeAsync(read.Id, (current, now) => current is null ? EntityEdits.Create(read, now) : throw NgsiLdException.AlreadyExists(read.Id));
        await call.CreatedAsync($"entities/{read.Id}");
    }
}
