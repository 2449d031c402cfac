using Michi.CityOs.Api;

namespace Michi.CityOs.Sources;

/// <summary>ETSI GS CIM 009, 5.9.4 Delete Context Source Registration.</summary>
internal static class DeleteRegistration
{
    public static async Task HandleAsync(NgsiLdCall call, string id)
    {
        call.Accept();
        NgsiLdCall.CheckId(id);
        await call.Services.Sources.WriteAsync(call.Tenant, id, there => there is null ? throw NgsiLdException.ResourceNotFound(id) : null, call.Cancel);
        await call.DoneAsync();
    }
}
