// A command changes something. Its markers say where the pipeline treats it differently.
using MediatR;
using Rdfe.Api.Http;
using Rdfe.Domain;

namespace Rdfe.Api.Pipeline;

public interface ICommand : IRequest<Outcome<Reply>>;

/// <summary>Works on a disabled subscription too, such as enabling it.</summary>
public interface IEvenWhenDisabled;

/// <summary>Works before the subscription exists, and after it is gone.</summary>
public interface IEvenWithoutSubscription : IEvenWhenDisabled;

/// <summary>Works in safe mode too, such as leaving it.</summary>
public interface IEvenInSafeMode;
