using System.ComponentModel.DataAnnotations;
using System.Net;

namespace Michi.CityOs;

/// <summary>What the operator can set of the City OS (<c>MICHI_CITYOS_…</c>).</summary>
public sealed class CityOsOptions
{
    /// <summary>"token" (default): every request needs a personal access token; "open": none does, for trials and conformance runs, refused unless the server listens on loopback only.</summary>
    [RegularExpression("token|open")]
    public string Access { get; set; } = "token";

    /// <summary>Hosts inside the own network that contexts, notifications and context sources may be at, separated by commas. Everything else inside is refused.</summary>
    public string Hosts { get; set; } = "";

    /// <summary>How many instances of attributes one answer on the temporal evolution of entities has before it is cut (206 with Content-Range).</summary>
    [Range(1, 1_000_000)]
    public int HistoryPage { get; set; } = UsualHistoryPage;

    public const int UsualHistoryPage = 10_000;

    /// <summary>Whether requests need no token.</summary>
    public bool IsOpen => Access == "open";

    /// <summary>Refuses to open the City OS to more than this machine.</summary>
    /// <param name="address">The IP address the server listens on.</param>
    /// <exception cref="ValidationException">The two do not go together.</exception>
    public void Check(string address)
    {
        Validator.ValidateObject(this, new(this), validateAllProperties: true);
        if (IsOpen && !(IPAddress.TryParse(address, out var ip) && IPAddress.IsLoopback(ip)))
            throw new ValidationException($"MICHI_CITYOS_ACCESS=open lifts all tokens and is only taken where the server listens on 127.0.0.1, not on {address}.");
    }
}
