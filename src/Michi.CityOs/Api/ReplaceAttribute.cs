using Michi.CityOs.Entities;

namespace Michi.CityOs.Api;

/// <summary>ETSI GS CIM 009, 5.6.19 Replace Attribute.</summary>
internal static class ReplaceAttribute
{
    public static async Task HandleAsync(NgsiLdCall call, string id, string name)
    {
        call.Accept("options", "local", "type", "via");
        NgsiLdCall.CheckId(id);
        var body = await call.ReadBodyAsync();
        UpdateAttribute.CheckName(name);
        var attribute = UpdateAttribute.ReadOne(call, name, body, InputNeed.Attributes);
        await call.ChangeAsync(id, (current, now) => EntityEdits.ReplaceAttribute(call.Gate(current, id), attribute, now));
        await call.DoneAsync();
    }
}
