namespace Michi.CityOs.Api;

/// <summary>ETSI GS CIM 009, 5.6.6 Delete Entity.</summary>
internal static class DeleteEntity
{
    public static async Task HandleAsync(NgsiLdCall call, string id)
    {
        call.Accept("local", "type", "via");
        NgsiLdCall.CheckId(id);
        await call.ChangeAsync(id, (current, _) => current is null ? throw NgsiLdException.ResourceNotFound(id) : null);
        await call.DoneAsync();
    }
}
