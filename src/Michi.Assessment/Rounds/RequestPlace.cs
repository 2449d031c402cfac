using Michi.Platform.Places;
using Microsoft.AspNetCore.Http;

namespace Michi.Assessment.Rounds;

/// <summary>The place in the address of a request, found when its right was checked.</summary>
internal static class RequestPlace
{
    public static Place Place(this HttpContext http) => (Place)http.Items[typeof(Place)]!;
}
